import type { FieldProblem, InstallmentTable } from '@kervan/contracts';

type Row = InstallmentTable['rows'][number];

/** What an installment table must not be saved with: a number of installments twice. */
export const checkInstallmentRows = (rows: readonly Row[]): FieldProblem[] =>
  rows.flatMap(({ installments }, index) => {
    if (rows.findIndex((row) => row.installments === installments) === index) return [];
    const message = {
      tr: `${installments} taksit için iki satır var`,
      en: `There are two rows for ${installments} installments`,
    };
    return [{ path: `rows.${index}.installments`, code: 'duplicate_installments', message }];
  });

/** Rows as they are kept: by number of installments. */
export const sortedRows = (rows: readonly Row[]): Row[] =>
  rows.toSorted((one, other) => one.installments - other.installments);

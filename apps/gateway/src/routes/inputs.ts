import { Id, PageQuery } from '@kervan/contracts';
import { z } from 'zod';

/** The query of a list: `limit`, `cursor` and the filters it knows, no other. */
export const listQuery = <Filters extends z.ZodRawShape>(filters: Filters) =>
  z.strictObject({ ...PageQuery.shape, ...filters });

/** The path parameter of something that has an id. */
export const ById = z.object({ id: Id });

/** Does the work for every item, so many under way at once; what came of them, in the order of the items. */
export const sideBySide = async <Item, Done>(
  items: readonly Item[],
  width: number,
  work: (item: Item, index: number) => Promise<Done>,
): Promise<Done[]> => {
  const done: Done[] = [];
  const left = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of left) done[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return done;
};

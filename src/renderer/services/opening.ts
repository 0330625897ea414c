/** What is opened last is what stays, whatever was begun before and is still loading. */
import { defineStore } from 'pinia';

/** Whether something that was begun later has been opened meanwhile; waits for it while that is not known. */
export type IsOver = () => Promise<boolean>;

export const useOpening = defineStore('opening', () => {
  let newest: Promise<boolean> | null = null;

  /** `work` opens something and says whether it did; after each wait it asks whether it is still wanted. */
  function open(work: (isOver: IsOver) => Promise<boolean>): Promise<boolean> {
    const own: Promise<boolean> = Promise.resolve().then(() => work(async () => newest !== own && newest !== null && (await newest)));
    newest = own;
    return own;
  }

  return { open };
});

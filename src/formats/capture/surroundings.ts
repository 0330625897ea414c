import { nameOfStream } from '../import/named-stream.ts';
import type { EventSurroundings } from '../survey/event-text.ts';
import type { Capture } from './capture.ts';
import { isMissing } from './machine.ts';

/** What a capture knows beside its SMMU: whose StreamIDs they are, which memory was left out. */
export const surroundingsOf = (capture: Capture): EventSurroundings => ({ nameOf: (sid) => nameOfStream(capture.names, sid), isMissing: (pa) => isMissing(capture, pa) });

/** A bundle that is dropped or opened with the lab is shown and checked; the user then says what becomes of it. */
import { KINDS } from '../../services/files/files.ts';
import { useIncoming } from '../../services/incoming.ts';
import { registerOpener } from '../../services/openers.ts';

export function registerBundleOpener(): void {
  const incoming = useIncoming();
  registerOpener({ extensions: KINDS.bundle.extensions, what: 'a bundle', open: (file) => Promise.resolve(incoming.receive(file)) });
}

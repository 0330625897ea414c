/** Commands of the recording. */
import { registerCommands } from '../../services/commands.ts';
import { useRecording } from '../../services/recording.ts';
import { useRun } from '../../services/run.ts';

export function registerRecordingCommands(): void {
  const recording = useRecording();
  const run = useRun();
  registerCommands([{ id: 'run.pause-recording', title: 'Pause recording, or go on', group: 'Run', hotkeys: ['Ctrl+Alt+r'], when: () => run.state !== null, run: () => recording.pause() }]);
}

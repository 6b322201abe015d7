import {cleanText} from '../draw/clean.js';
import {formatDay, formatTime} from '../format.js';
import {useNow} from '../hooks/use-now.js';
import {useSession} from '../session-context.js';
import {text} from '../text.js';
import {type Version} from '../views/history.js';

/** Brings a path back as a version has it; from the list of all, the whole folder can be meant instead. */
export function useRestore(): (version: Version, mayBeAll: boolean) => void {
	const {session, attempt, ask, notify} = useSession();
	const now = useNow();
	const run = ({entry}: Version, path: string) =>
		attempt(async () => {
			const {restored} = await session.restore(path, entry.commit);
			notify(text.history.restored(restored.length, `${formatDay(entry.at, now)} ${formatTime(entry.at)}`));
		});
	return (version, mayBeAll) => {
		if (!mayBeAll) return run(version, version.path);
		const {at, name} = version.entry;
		ask({
			title: text.history.ask(`${formatDay(at, now)} ${formatTime(at)}`, cleanText(name)),
			lines: [text.history.undoable],
			choices: [
				{
					keys: ['f'],
					label: text.history.file(cleanText(version.path)),
					run: () => run(version, version.path),
				},
				{keys: ['w'], label: text.history.folder, run: () => run(version, '.')},
				{keys: ['escape', 'n'], label: text.cancel, run: () => {}},
			],
		});
	};
}

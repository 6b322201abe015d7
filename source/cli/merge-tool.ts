/** Opens the sides of a conflict in the person's merge tool and answers with what the merged file was left as. */
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {type MergeTool} from '../tui/session-context.js';
import {type Environment} from './choices.js';
import {runOn, runShell} from './edit-text.js';

/**
 * PULSYNC_MERGE_TOOL is a command for the shell that finds the files in BASE, LOCAL, REMOTE and MERGED, as the commands
 * of git's own merge tools do. Undefined where it is not set. Throws Failure `editor_failed`.
 */
export function mergeToolOf(env: Environment): MergeTool | undefined {
	const command = env.PULSYNC_MERGE_TOOL;
	if (!command) return undefined;
	return async ({name, base, mine, theirs, merged}) => {
		// A folder of our own: the texts are part of somebody's project.
		const folder = await mkdtemp(path.join(os.tmpdir(), 'pulsync-merge-'));
		const fileOf = (side: string) => path.join(folder, `${side}-${path.basename(name)}`);
		const texts = {BASE: base, LOCAL: mine, REMOTE: theirs, MERGED: merged};
		const files = {
			BASE: fileOf('base'),
			LOCAL: fileOf('mine'),
			REMOTE: fileOf('theirs'),
			MERGED: fileOf('merged'),
		};
		const result = await runOn(files.MERGED, merged, async () => {
			for (const side of ['BASE', 'LOCAL', 'REMOTE', 'MERGED'] as const)
				await writeFile(files[side], texts[side], {mode: 0o600});
			const setting = 'PULSYNC_MERGE_TOOL';
			await runShell(command, [], {...env, ...files}, {editor: command, setting});
		});
		await rm(folder, {recursive: true, force: true});
		return result;
	};
}

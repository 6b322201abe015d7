/** A plan of 400 steps: replaced, new and removed files, and files that change places with folders. */
import {absent, type Path} from '../../source/protocol/content.js';
import {type ApplyStep} from '../../source/workspace/step-work.js';
import {type MemoryBlobs} from './memory-blobs.js';

/** [path, text before, text after]; undefined: nothing there. */
function* rows(): Generator<[Path, string | undefined, string | undefined]> {
	for (let index = 0; index < 80; index++) {
		yield [`replaced/${index}`, `old ${index}`, `new ${index}`.repeat(2000)];
		yield [`new/${index % 7}/${index}`, undefined, `created ${index}`];
		yield [`removed/${index}`, `removed ${index}`, undefined];
		const [file, folder] = index % 2 ? (['file', undefined] as const) : ([undefined, 'file'] as const);
		yield [`swap${index}`, file, folder];
		yield [`swap${index}/in`, folder, file];
	}
}

/** What the disk has to hold before the plan. */
export function swapFilesBefore(): Record<Path, string> {
	const files: Record<Path, string> = {};
	for (const [path, before] of rows()) if (before !== undefined) files[path] = before;
	return files;
}

export function swapPlan(blobs: MemoryBlobs): ApplyStep[] {
	const content = (text: string | undefined) => (text === undefined ? absent : blobs.add(text));
	return [...rows()].map(([path, before, after]) => ({path, expect: content(before), write: content(after)}));
}

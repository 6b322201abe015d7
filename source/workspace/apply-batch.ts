/** Cuts a plan into batches, whose files are made durable together. */
import {absent, parseContent} from '../protocol/content.js';
import {type ApplyStep} from './step-work.js';
import {type BlobSource} from './stage-file.js';

/** Steps that are staged together: they share the wait for the disk, and this many files are open at once. */
const maxBatchSteps = 128;
/** Bytes that are staged together, so that the first files do not wait for the last of a large plan. */
const maxBatchBytes = 32 * 1024 * 1024;

/** Removals first, then writes in the order given, cut where a batch gets too long or too large. */
export async function* batchesOf(
	steps: readonly ApplyStep[],
	source: BlobSource,
): AsyncGenerator<ApplyStep[]> {
	const removals = steps.filter((step) => step.write === absent);
	for (let at = 0; at < removals.length; at += maxBatchSteps) yield removals.slice(at, at + maxBatchSteps);
	const writes = steps.filter((step) => step.write !== absent);
	let batch: ApplyStep[] = [];
	let bytes = 0;
	for (const step of writes) {
		// A blob that is missing is found out, and reported for its path, when it is staged.
		const oid = parseContent(step.write)?.oid;
		const size = oid === undefined ? 0 : await source.blobBytes(oid).catch(() => 0);
		if (batch.length === maxBatchSteps || (batch.length > 0 && bytes + size > maxBatchBytes)) {
			yield batch;
			[batch, bytes] = [[], 0];
		}
		batch.push(step);
		bytes += size;
	}
	if (batch.length > 0) yield batch;
}

/**
 * Bringing the disk to the head (merge rule 12), best effort path by path. What cannot be done now stays pending. The stat
 * of each written file goes into `shown`, so the next scan finds nothing: applying never makes a snapshot.
 */
import {isBelow} from '../../core/reconcile/path-order.js';
import {planApply} from '../../core/reconcile/plan-apply.js';
import {
	absent,
	absentValue,
	type Content,
	parseContent,
	type Oid,
	type Path,
	type Tree,
} from '../../protocol/content.js';
import {applySteps} from '../../workspace/apply-step.js';
import {type ApplyStep, type StepResult} from '../../workspace/step-work.js';
import {findCollision, isCaseBlind} from '../../workspace/case-blind.js';
import {checkRoom} from '../../workspace/guards.js';
import {OwnDevice} from '../../workspace/own-device.js';
import {isRuleFile} from '../../workspace/rule-file.js';
import {type ShownEntry} from '../../workspace/shown-index.js';
import {keepRaced} from './keep-raced.js';
import {lookAgain, lookAgainAt} from './look-again.js';
import {noteShown} from './note-shown.js';
import {atMostTenASecond} from './throttle.js';
import {countChange} from './take-snapshot.js';
import {addHints, type ProjectState, solveProblems, tellProblem} from './project-state.js';

/** `shown` is made durable after so many files. A crash before that costs a look at them, nothing else. */
const shownBatch = 512;
/** A small blob is written from memory; as large as one git object that the store reads in one piece. */
const maxSmallBlobBytes = 8 * 1024 * 1024;

/** Returns the paths that were written or removed here. */
export async function applyHead(state: ProjectState): Promise<readonly Path[]> {
	if (state.tree === undefined) return [];
	const applied = await applyPlan(state, await planSteps(state));
	solveProblems(state, 'apply', (path) => !state.pending.has(path));
	return applied;
}

/**
 * The same while nobody is listened to yet: a plan of more than `maxSteps` is left to the next operation, all of it, since its
 * order counts. `left` says how many paths that are.
 */
export async function applyFirst(
	state: ProjectState,
	maxSteps: number,
): Promise<{applied: readonly Path[]; left?: number}> {
	if (state.tree === undefined) return {applied: []};
	const steps = await planSteps(state);
	if (steps.length > maxSteps) return {applied: [], left: steps.length};
	return {applied: await applyPlan(state, steps)};
}

/** Shows these contents of conflicts, on which the head has no single word. What changed on the disk meanwhile stays. */
export async function applySides(state: ProjectState, sides: ReadonlyMap<Path, Content>): Promise<void> {
	const ignored = await state.rules.isIgnored(sides.keys());
	const steps: ApplyStep[] = [];
	for (const [path, write] of sides) {
		const {content = absent, stat} = state.shown.get(path) ?? {};
		if (content !== write && !ignored.has(path)) steps.push({path, expect: content, expectStat: stat, write});
	}
	await applyPlan(state, steps);
}

async function applyPlan(state: ProjectState, steps: readonly ApplyStep[]): Promise<readonly Path[]> {
	try {
		return await showPlan(state, steps);
	} finally {
		await dropAhead(state);
	}
}

async function showPlan(state: ProjectState, steps: readonly ApplyStep[]): Promise<readonly Path[]> {
	if (steps.length === 0) {
		await keepRaced(state);
		return [];
	}
	const sizes = await sizesOf(state, steps);
	await checkRoomFor(state, steps, sizes);
	const applied = await runSteps(state, steps, sizes);
	const rules = applied.filter((path) => isRuleFile(path));
	if (rules.length > 0) {
		// What they no longer ignore is news, and the watcher does not tell of files that we wrote.
		addHints(state, rules);
		lookAgain(state);
	}
	state.moment('shown');
	return applied;
}

/** Where not all fits, what can get no name here takes no room: it is told of, and holds up nothing. Throws Failure `disk_full`. */
async function checkRoomFor(
	state: ProjectState,
	steps: readonly ApplyStep[],
	sizes: ReadonlyMap<Oid, number>,
): Promise<void> {
	const {folder, ahead, told} = state;
	const bytesOf = (some: readonly ApplyStep[]) => {
		const oids = new Set(some.flatMap(({write}) => parseContent(write)?.oid ?? []));
		let bytes = 0;
		for (const oid of oids) if (ahead?.bytesOf(oid) === undefined) bytes += sizes.get(oid) ?? 0;
		return bytes;
	};
	try {
		await checkRoom(folder, bytesOf(steps));
	} catch (error) {
		const hasName = ({path}: ApplyStep) => !told.concerns(path) && !collides(state, path);
		await checkRoom(folder, bytesOf(steps.filter(hasName))).catch(() => {
			throw error;
		});
	}
}

function collides({root, folder}: ProjectState, path: Path): boolean {
	try {
		return isCaseBlind(folder) && findCollision(root, path) !== undefined;
	} catch {
		return false; // a folder that cannot be read; writing says so
	}
}

/** What was staged ahead and not needed goes, and nothing more is. */
export async function dropAhead(state: ProjectState): Promise<void> {
	const {ahead} = state;
	if (!ahead) return;
	state.ahead = undefined;
	state.store.passBlobsTo(undefined);
	await ahead.close();
}

async function planSteps(state: ProjectState): Promise<readonly ApplyStep[]> {
	const values = await valuesToCompare(state);
	if (values.size === 0) return [];
	const steps = planApply(values, (path) => state.shown.get(path)?.content ?? absent);
	// What is not in the plan shows what it should; what is in it leaves when it is done.
	state.pending = new Set(steps.map(({path}) => path));
	if (steps.length === 0) return [];
	const ignored = await state.rules.isIgnored(state.pending);
	const device = new OwnDevice(state.root);
	for (const path of state.pending) {
		const other = device.findOther(path);
		// What cannot be looked at is told by the step that fails, and tried again.
		if (other && other.error === undefined) ignored.add(path);
	}
	for (const path of ignored) state.pending.delete(path);
	// Each by its own names: engines make a shape of its own, larger than the step, for each object that is spread.
	return steps
		.filter(({path}) => !ignored.has(path))
		.map(({path, expect, write}) => ({path, expect, write, expectStat: state.shown.get(path)?.stat}));
}

/** What the head has where the disk may not follow it yet. */
async function valuesToCompare(state: ProjectState): Promise<Tree> {
	const {store, tree, shown, pending} = state;
	if (!state.comparesAll) return store.valuesAt(tree, pending);
	const values = new Map(await store.listTree(tree!));
	for (const paths of [pending, shown.below('')])
		for (const path of paths) if (!values.has(path)) values.set(path, absentValue);
	state.comparesAll = false;
	return values;
}

async function sizesOf(state: ProjectState, steps: readonly ApplyStep[]): Promise<Map<Oid, number>> {
	const sizes = new Map<Oid, number>();
	for (const {write} of steps) {
		const oid = parseContent(write)?.oid;
		if (oid === undefined || sizes.has(oid)) continue;
		const bytes = state.ahead?.bytesOf(oid) ?? (await state.store.info(oid))?.bytes;
		if (bytes !== undefined) sizes.set(oid, bytes);
	}
	return sizes;
}

async function runSteps(
	state: ProjectState,
	steps: readonly ApplyStep[],
	sizes: ReadonlyMap<Oid, number>,
): Promise<readonly Path[]> {
	const {root, folder, store, signal, callbacks} = state;
	const byPath = new Map(steps.map((step) => [step.path, step]));
	const shown = new Map<Path, ShownEntry | undefined>();
	const applied: Path[] = [];
	callbacks.progress({kind: 'applying', done: 0, total: steps.length, path: steps[0]?.path});
	const report = atMostTenASecond((at: {done: number; total: number; path: Path}) =>
		callbacks.progress({kind: 'applying', ...at}),
	);
	try {
		for await (const result of applySteps({
			root,
			folder,
			steps,
			blobBytes: async (oid) => sizes.get(oid) ?? (await store.info(oid))?.bytes ?? 0,
			readBlob: async (oid) => store.read(oid, maxSmallBlobBytes),
			openBlob: (oid) => store.openBlob(oid),
			takeAhead: async (oid) => state.ahead?.take(oid),
			signal,
			onProgress: report,
		})) {
			const step = byPath.get(result.path)!;
			if (result.outcome === 'skipped') {
				noteSkipped(state, result);
				continue;
			}
			if (result.outcome === 'raced') {
				state.raced.set(result.found, step);
				continue;
			}
			state.pending.delete(step.path);
			applied.push(step.path);
			const {stat} = result;
			countChange(state, step.path, step.write === absent ? undefined : (stat?.size ?? 0));
			shown.set(step.path, step.write === absent ? undefined : {content: step.write, stat});
			if (shown.size < shownBatch) continue;
			// A refusal is for the end: what is written on the way there has to be told as well.
			await noteShown(state, shown).catch(() => undefined);
			shown.clear();
		}
	} finally {
		// What is on the disk is noted even where the rest failed.
		state.moment('applied');
		await noteShown(state, shown);
	}
	await keepRaced(state);
	return applied;
}

function noteSkipped(state: ProjectState, result: StepResult & {outcome: 'skipped'}): void {
	const {path, reason, code} = result;
	if (reason === 'changed') {
		// Somebody saved here: their content is merged by the next snapshot, and the path is planned anew.
		addHints(state, [path]);
		lookAgainAt(state, path);
		return;
	}
	const isInZone = [...state.conflicts.keys()].some(
		(conflict) => conflict === path || isBelow(path, conflict) || isBelow(conflict, path),
	);
	if (reason === 'problem') tellProblem(state, 'apply', code ?? 'not_writable', path);
	else if (!isInZone) tellProblem(state, 'apply', 'blocked', path);
}

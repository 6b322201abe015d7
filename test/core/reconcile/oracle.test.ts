import test from 'ava';
import {type Oid, type Tree, type Value} from '../../../source/protocol/content.js';
import {Ancestry} from '../../../source/core/reconcile/ancestry.js';
import {mergeTrees, sameTree} from '../../../source/core/reconcile/merge-trees.js';
import {type TextMerge} from '../../../source/core/reconcile/merge-value.js';
import {planApply} from '../../../source/core/reconcile/plan-apply.js';
import {resolveTree} from '../../../source/core/reconcile/resolve-tree.js';
import {snapshotTree} from '../../../source/core/reconcile/snapshot-tree.js';
import {baseOfMerge} from '../../../source/core/reconcile/virtual-base.js';
import {contentOf, mergeLines, type ModelTree, nothing, oidOf, textOf} from './model.js';
import {runModel, type RunMode} from './model-run.js';
import {type Observer} from './model-world.js';

const toTree = (tree: ModelTree): Tree =>
	new Map(
		Object.entries(tree).map(([path, {v, base}]): [string, Value] => [
			path,
			v.length > 1 ? {contents: v, base} : {contents: v},
		]),
	);

function withChanges(tree: Tree, changes: Tree): Tree {
	const result = new Map([...tree, ...changes]);
	for (const [path, {contents}] of result)
		if (contents.length === 1 && contents[0] === nothing) result.delete(path);
	return result;
}

function mergeLinesOf({base, one, other}: TextMerge): Oid | undefined {
	const [b, a, c] = [base, one, other].map((oid) => textOf(oid));
	const merged = mergeLines(b!, a!, c!);
	return merged === undefined ? undefined : oidOf(contentOf(merged));
}

/** Our merge, with the two passes for lines that the runtime makes. */
function merge(base: Tree, one: Tree, other: Tree): Tree {
	const first = mergeTrees(base, one, other);
	const texts = new Map([...first.wantedTexts].map(([key, wanted]) => [key, mergeLinesOf(wanted)]));
	return mergeTrees(base, one, other, texts).tree;
}

const show = (tree: Tree) => JSON.stringify([...tree].sort(([a], [b]) => (a < b ? -1 : 1)));

/** Calls our functions with the inputs of the model's, and notes where the answers differ. */
async function compare(seed: number, mode: RunMode): Promise<{differences: string[]; faults: string[]}> {
	const differences: string[] = [];
	const expectTree = (what: string, ours: Tree, theirs: ModelTree) => {
		if (!sameTree(ours, toTree(theirs)))
			differences.push(`${what}: ${show(ours)} instead of ${show(toTree(theirs))}`);
	};
	const commits = new Map<string, {parents: readonly string[]; tree: ModelTree}>();
	const merges: {one: string; other: string; base: ModelTree | undefined}[] = [];
	const observer: Observer = {
		merged({one, other, base, result}) {
			merges.push({one, other, base});
			const [a, c] = [toTree(commits.get(one)!.tree), toTree(commits.get(other)!.tree)];
			expectTree('merge', merge(toTree(base ?? {}), a, c), result);
			expectTree('merge of swapped sides', merge(toTree(base ?? {}), c, a), result);
		},
		committed(id, commit) {
			commits.set(id, commit);
		},
		snapshotted({head, dirty, result}) {
			expectTree('snapshot', withChanges(toTree(head), snapshotTree(toTree(head), dirty)), result);
		},
		planned({values, shown, paths, plan}) {
			const all = toTree(values);
			const candidates = new Map(paths.map((path) => [path, all.get(path) ?? {contents: [nothing]}]));
			const ours = planApply(candidates, (path) => shown.get(path) ?? nothing);
			const [left, right] = [ours.map(({path, write}) => [path, write]), plan];
			if (JSON.stringify(left) !== JSON.stringify(right)) {
				differences.push(`plan: ${JSON.stringify(left)} instead of ${JSON.stringify(right)}`);
			}
		},
		resolved({head, settled, result}) {
			expectTree('resolution', withChanges(toTree(head), resolveTree(toTree(head), settled)), result);
		},
	};
	const {faults} = runModel(seed, mode, observer);
	const ancestry = new Ancestry((oid) => commits.get(oid)?.parents);
	const memo = new Map<string, Promise<Tree>>();
	for (const {one, other, base} of merges) {
		const ours = await baseOfMerge<Tree>(
			ancestry,
			{
				treeOf: async (oid) => toTree(commits.get(oid)!.tree),
				merge: async (from, left, right) => merge(from ?? new Map(), left, right),
			},
			[one, other],
			memo,
		);
		if ((ours === undefined) !== (base === undefined)) differences.push('one of us finds no common ancestor');
		else if (ours && base) expectTree('virtual base', ours, base);
	}
	return {differences, faults};
}

/** More in a longer run: PULSYNC_TEST_SEEDS. */
const seeds = Number(process.env['PULSYNC_TEST_SEEDS'] ?? 150);

for (const mode of ['unique', 'small', 'text'] as const) {
	test(`The rules answer as the model does in ${mode} runs, and the model finds no fault in itself`, async (t) => {
		t.timeout(600_000);
		for (let seed = 1; seed <= seeds; seed++) {
			const {differences, faults} = await compare(seed, mode);
			t.deepEqual(differences.slice(0, 3), [], `seed ${seed}`);
			t.deepEqual(faults.slice(0, 3), [], `seed ${seed}`);
		}
	});
}

/**
 * The oracle: the rules of docs/merge-rules once more, as naive functions over small whole trees, written apart from the
 * functions under test. It knows sets as arrays and trees as plain objects, and the only lines it can merge are `one|two`.
 */
import {createHash} from 'node:crypto';

export const nothing = 'absent';

export type Entry = {readonly v: readonly string[]; readonly base: string | undefined};
export type ModelTree = Record<string, Entry>;

export const unique = (items: readonly string[]) => [...new Set(items)].sort();
export const equal = (a: readonly string[], b: readonly string[]) => a.join() === b.join();
const without = (a: readonly string[], b: readonly string[]) => a.filter((x) => !b.includes(x));
export const isUnder = (path: string, folder: string) => path.startsWith(folder + '/');
export const at = (tree: ModelTree, path: string): readonly string[] => tree[path]?.v ?? [nothing];
export const pick = (v: readonly string[]) => v.find((x) => x !== nothing);
export const sorted = (tree: ModelTree): ModelTree =>
	Object.fromEntries(Object.entries(tree).sort(([a], [b]) => (a < b ? -1 : 1)));
export const same = (a: ModelTree, b: ModelTree) => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

/** The text of every made-up blob by its oid. */
const textByOid = new Map<string, string>();

export function contentOf(text: string, mode: '100644' | '100755' | '120000' = '100644'): string {
	const oid = createHash('sha1').update(text).digest('hex');
	textByOid.set(oid, text);
	return `${oid}-${mode}`;
}

export const oidOf = (content: string) => content.slice(0, 40);
export const textOf = (content: string) => textByOid.get(oidOf(content)) ?? '';

/** Merges `one|two` line by line; undefined is a conflict. */
export function mergeLines(base: string, one: string, other: string): string | undefined {
	const [b, a, c] = [base, one, other].map((text) => text.split('|'));
	if (b!.length !== 2 || a!.length !== 2 || c!.length !== 2) return undefined;
	const lines = [0, 1].map((i) =>
		a![i] === c![i] ? a![i] : a![i] === b![i] ? c![i] : c![i] === b![i] ? a![i] : undefined,
	);
	return lines.includes(undefined) ? undefined : lines.join('|');
}

function mergeContents(b: string, a: string, c: string): string | undefined {
	if ([b, a, c].some((x) => x === nothing || x.endsWith('120000'))) return undefined;
	const modes = [b, a, c].map((x) => x.slice(41) as '100644' | '100755');
	const mode = modes[1] === modes[2] ? modes[1]! : modes[1] === modes[0] ? modes[2]! : modes[1]!;
	const [B, A, C] = [b, a, c].map((x) => oidOf(x));
	if (A === C || C === B) return `${A}-${mode}`;
	if (A === B) return `${C}-${mode}`;
	const lines = mergeLines(textOf(b), textOf(a), textOf(c));
	return lines === undefined ? undefined : contentOf(lines, mode);
}

export function merge3(
	B: readonly string[],
	A: readonly string[],
	C: readonly string[],
	text: boolean,
): {v: readonly string[]; opposite?: boolean; text?: boolean} {
	if (equal(A, C)) return {v: A};
	if (B.length === 0) {
		const all = unique([...A, ...C]);
		const present = all.filter((x) => x !== nothing);
		const asked = [A, C].some((x) => x.length > 1 && x.includes(nothing));
		return {v: present.length > 0 && !asked ? present : all};
	}
	if (equal(A, B)) return {v: C};
	if (equal(C, B)) return {v: A};
	if (text && A.length === 1 && B.length === 1 && C.length === 1) {
		const merged = mergeContents(B[0]!, A[0]!, C[0]!);
		if (merged !== undefined) return {v: [merged], text: true};
	}
	const opposite =
		B.length > 1 && A.length === 1 && C.length === 1 && A.includes(nothing) !== C.includes(nothing);
	const kept = (x: readonly string[]) => (without(x, B).length === 0 ? x : without(x, B));
	return {v: unique([...A.filter((x) => C.includes(x)), ...kept(A), ...kept(C)]), opposite};
}

export function put(tree: ModelTree, path: string, v: readonly string[], base: string | undefined): void {
	if (v.length === 1 && v[0] === nothing) delete tree[path];
	else tree[path] = {v, base: v.length > 1 ? (base ?? nothing) : undefined};
}

export function normaliseModel(
	tree: ModelTree,
	touched?: Set<string>,
	baseOf?: (path: string) => string,
): ModelTree {
	const clean = Object.keys(tree).filter((p) => tree[p]!.v.length === 1);
	for (const p of clean) {
		if (!clean.some((q) => isUnder(q, p))) continue;
		put(tree, p, unique([nothing, ...tree[p]!.v]), baseOf?.(p));
		touched?.add(p);
	}
	return tree;
}

const baseOfEntry = (tree: ModelTree, path: string) =>
	(tree[path] && tree[path].v.length > 1 ? tree[path].base : at(tree, path)[0]) ?? nothing;

export type MergeNotes = {
	union?: Set<string>;
	df?: Set<string>;
	text?(p: string, one: string, other: string, made: string): void;
};

export function mergeModelTrees(
	base: ModelTree | undefined,
	a: ModelTree,
	c: ModelTree,
	text: boolean,
	notes: MergeNotes = {},
): ModelTree {
	const B = base ?? {};
	const out: ModelTree = {};
	const paths = unique([...Object.keys(a), ...Object.keys(c), ...Object.keys(B)]);
	const opposite: string[] = [];
	for (const p of paths) {
		const [vb, va, vc] = [at(B, p), at(a, p), at(c, p)];
		const merged = merge3(vb, va, vc, text);
		if (merged.text) notes.text?.(p, va[0]!, vc[0]!, merged.v[0]!);
		if (merged.opposite) opposite.push(p);
		let kept: string;
		if (equal(va, vc)) kept = [baseOfEntry(a, p), baseOfEntry(c, p)].sort()[0]!;
		else if (equal(va, vb) && vc.length > 1) kept = baseOfEntry(c, p);
		else if (equal(vc, vb) && va.length > 1) kept = baseOfEntry(a, p);
		else kept = baseOfEntry(B, p);
		put(out, p, merged.v, kept);
	}
	for (const p of opposite) {
		for (const d of paths) {
			if (!isUnder(d, p) || equal(at(a, d), at(c, d))) continue;
			notes.union?.add(d);
			put(out, d, unique([...at(out, d), ...at(a, d), ...at(c, d)]), baseOfEntry(B, d));
		}
	}
	return normaliseModel(out, notes.df, (p) => baseOfEntry(B, p));
}

/** A seeded run of the oracle's world: random edits, partitions, crashes, joins and lost indexes, then the questions. */
import {at, contentOf, isUnder, nothing, textOf} from './model.js';
import {type Observer, Peer, type Take, World} from './model-world.js';

export type RunMode = 'unique' | 'small' | 'text';

/** A small seeded generator (mulberry32): the same numbers on every machine. */
export function seededRandom(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let t = Math.imul(state ^ (state >>> 15), 1 | state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	};
}

const paths = ['f', 'g', 'd', 'd/k', 'd/j', 'd/k/z'];
const takes: readonly Take[] = ['mine', 'theirs', 'base', 'both', 'merged'];

type Mail = {to: Peer; from: Peer; id: string; at: number};

/** Runs one seed to the end and returns what went wrong. */
export function runModel(
	seed: number,
	mode: RunMode,
	observer: Observer = {},
): {faults: string[]; merges: number; steps: number} {
	const random = seededRandom(seed);
	const int = (n: number) => Math.floor(random() * n);
	const one = <T>(items: readonly T[]): T => items[int(items.length)]!;
	const maybe = (chance: number) => random() < chance;
	const world = new World(observer);
	for (let i = 0, count = 2 + int(4); i < count; i++) new Peer(world, `P${i}`);
	let fresh = 0;
	let clock = 0;
	const content = (current: string): string => {
		const executable = maybe(0.15) ? '100755' : '100644';
		if (mode === 'unique') return contentOf(`c${++fresh}`, executable);
		if (mode === 'small') return contentOf(one(['x', 'y', 'z']), executable);
		const lines = textOf(current).includes('|') ? textOf(current).split('|') : ['a', 'a'];
		lines[int(2)] = maybe(0.3) ? one(['a', 'b']) : `n${++fresh}`;
		return contentOf(lines.join('|'), executable);
	};
	const mail: Mail[] = [];
	const say = (from: Peer) => {
		for (const to of world.peers) if (to !== from) mail.push({to, from, id: from.head, at: ++clock});
	};
	const take = (): Mail => {
		const [letter] = mail.splice(int(mail.length), 1);
		for (let i = mail.length; i-- > 0;) {
			const other = mail[i]!;
			if (other.to === letter!.to && other.from === letter!.from && other.at < letter!.at) mail.splice(i, 1);
		}
		return letter!;
	};
	const after = (peer: Peer, before: string) => {
		if (peer.head !== before) say(peer);
	};
	const deliver = ({to, from, id}: {to: Peer; from: Peer; id: string}) => {
		if (to.partition !== from.partition) return;
		const before = to.head;
		const crash = maybe(0.06) ? one(['before-ref', 'before-apply', 'apply'] as const) : undefined;
		if (to.hear(id, {snapshotFirst: maybe(0.6), crash, forced: maybe(0.1)}) === 'crashed') to.restart();
		after(to, before);
	};
	const edit = (peer: Peer, path: string, x: number) => {
		if (x < 0.26) peer.write(path, content(peer.at(path)));
		else if (x < 0.31) peer.remove(path);
		else if (x < 0.34) {
			const target = one(paths);
			if (!(path in peer.disk) || target === path || isUnder(target, path) || target in peer.disk) return;
			const moved = peer.disk[path]!;
			peer.remove(path);
			if (!peer.write(target, mode === 'unique' ? content(nothing) : moved)) {
				peer.write(path, mode === 'unique' ? content(nothing) : moved);
			}
		} else if (path in peer.disk) {
			peer.remove(path);
			peer.write(path + (path === 'd' ? '/k' : '/m'), content(nothing));
		} else if (peer.isFolder(path)) {
			for (const below of Object.keys(peer.disk)) if (isUnder(below, path)) peer.remove(below);
			peer.write(path, content(nothing));
		}
	};
	const join = () => {
		const host = one(world.peers);
		const joiner = new Peer(world, `P${world.peers.length}`, host.head);
		joiner.partition = host.partition;
		for (let k = maybe(0.4) ? 2 : 0; k > 0; k--) {
			const path = one(paths);
			if (!joiner.isBlocked(path)) joiner.disk[path] = content(nothing);
		}
		joiner.loseIndex();
		joiner.restart();
		if (joiner.head !== host.head) say(joiner);
	};
	const steps = 30 + int(60);
	for (let i = 0; i < steps; i++) {
		const peer = one(world.peers);
		const path = one(paths);
		const x = random();
		const before = peer.head;
		if (x < 0.38) edit(peer, path, x);
		else if (x < 0.58) {
			const crash = maybe(0.1) ? one(['before-ref', 'before-shown'] as const) : undefined;
			const only = maybe(0.2) ? peer.dirty().filter(() => maybe(0.5)) : undefined;
			if (peer.snapshot(only, crash) && crash) peer.restart();
			else peer.apply();
			after(peer, before);
		} else if (x < 0.86) {
			const from = one(world.peers);
			if (mail.length > 0) deliver(take());
			else if (from !== peer) deliver({to: peer, from, id: from.head});
		} else if (x < 0.93) {
			const conflicts = peer.conflicts();
			if (conflicts.length > 0) {
				const conflict = one(conflicts);
				let how = one(takes);
				const isStale = how === 'mine' && !at(peer.tree, conflict).includes(peer.at(conflict));
				if (isStale && mode === 'unique') how = 'merged'; // a stale `mine` would be a content used twice
				peer.resolve(conflict, how, content(nothing));
				after(peer, before);
			}
		} else if (x < 0.96) peer.partition = peer.partition ? 0 : 1 + int(2);
		else if (x < 0.975 && world.peers.length < 6) join();
		else if (x >= 0.975 && x < 0.98) peer.loseIndex();
	}
	settle(world, mail, {say, take});
	return {faults: world.faults, merges: world.merges, steps};
}

/** Edits have stopped and everybody can talk: heads and disks become equal, nothing is lost, everything can be settled. */
function settle(
	world: World,
	mail: Mail[],
	{say, take}: {say: (from: Peer) => void; take: () => Mail},
): void {
	for (const peer of world.peers) {
		peer.partition = 0;
		peer.snapshot();
		peer.apply();
	}
	const {snapshots} = world;
	mail.length = 0;
	for (const peer of world.peers) say(peer);
	for (let count = 0; mail.length > 0; count++) {
		if (count > 1500) {
			world.faults.push('they never stop merging');
			break;
		}
		const {to, from, id} = take();
		const before = to.head;
		const heard = to.hear(id);
		if (to.head !== before) say(to);
		else if (heard === 'wait') mail.push({to: from, from: to, id: to.head, at: Infinity});
	}
	if (world.snapshots !== snapshots) world.faults.push('snapshots without an edit');
	if (new Set(world.peers.map((peer) => peer.head)).size > 1) world.faults.push('heads differ');
	const head = world.get(world.peers[0]!.head);
	const conflicts = Object.keys(head.tree).filter((p) => head.tree[p]!.v.length > 1);
	const inZone = (path: string) => conflicts.some((c) => c === path || isUnder(path, c) || isUnder(c, path));
	for (const peer of world.peers) {
		for (const path of new Set([...Object.keys(head.tree), ...Object.keys(peer.disk)])) {
			if (!inZone(path) && peer.at(path) !== at(head.tree, path)[0])
				world.faults.push(`disk of ${peer.name} differs at ${path}`);
		}
	}
	const isCounted = (key: string, been = new Set<string>()): boolean => {
		if (been.has(key)) return false;
		been.add(key);
		const [path, content] = key.split('|') as [string, string];
		const went = world.derived.get(key) ?? [];
		return (
			at(head.tree, path).includes(content) ||
			world.superseded.has(key) ||
			[...went].some((made) => isCounted(made, been))
		);
	};
	for (const key of world.settled) {
		if (!isCounted(key)) world.faults.push(`lost: nobody who saw ${key} replaced it`);
		if (!head.seen.has(key)) world.faults.push(`unreachable: ${key}`);
	}
	const last = world.peers.at(-1)!;
	for (let count = 0; last.conflicts().length > 0; count++) {
		if (count > 50) {
			world.faults.push('cannot be settled');
			break;
		}
		const conflict = last.conflicts()[0]!;
		if (!last.resolve(conflict, count % 2 ? 'base' : 'theirs', ''))
			world.faults.push(`cannot settle ${conflict}`);
	}
	for (const peer of world.peers) {
		peer.hear(last.head);
		if (peer.head !== last.head) world.faults.push('heads differ after settling');
		for (const path of new Set([...Object.keys(last.tree), ...Object.keys(peer.disk)])) {
			if (peer.at(path) !== at(last.tree, path)[0])
				world.faults.push(`disk of ${peer.name} differs at ${path} after settling`);
		}
	}
}

/** Heads, ours and those of others: taking in what is said of them, and saying our own. */
import {type Oid} from '../protocol/content.js';
import {maxHeads, type PeerMessage} from '../protocol/peer-messages.js';
import {type HeadReport} from './event.js';
import {cutOffUntil} from './cut-off.js';
import {isNews} from './fetching.js';
import {linkOf, type Machine, setPeer, setState, setSync, type Step} from './machine.js';
import {holdBack, ringBehind} from './spreading.js';
import {type PeerId} from './state.js';

/** Packs of one peer that came with heads and are stored at a time. */
const maxStoring = 2;

type KnownHead = {readonly commit: Oid; readonly revision: number; readonly instance: string};
type HeadEntry = Extract<PeerMessage, {type: 'heads'}>['heads'][number];

/** Long enough to take in what all say of one change; short beside what a person notices. */
const gossipMs = 300;

/** Takes in what a peer says of heads: its own, and those that it knows of others. */
export function headsReceived(step: Step, from: PeerId, entries: readonly HeadEntry[], pack?: string): void {
	for (const entry of entries) {
		if (entry.peer_id === step.machine.state.self.peerId) continue;
		if (cutOffUntil(step, entry.peer_id) !== undefined) continue;
		const known = step.machine.sync.heads.get(entry.peer_id);
		const isOwn = entry.peer_id === from;
		// What is said of an instance counts if it is the one that the relay knows, or that we are linked with.
		if (step.machine.state.peers.get(entry.peer_id)?.instance !== entry.instance) continue;
		if (known?.instance === entry.instance && !isBelieved(step, entry, {isOwn, known})) continue;
		noteSource(step, entry.peer_id, isOwn);
		if (known && isSameHead(known, entry)) continue;
		gossipSoon(step);
		const {commit, revision, instance} = entry;
		const heads = new Map(step.machine.sync.heads);
		// Behind all others: the map is in the order in which they were heard of last.
		heads.delete(entry.peer_id);
		setSync(step, {heads: heads.set(entry.peer_id, {commit, revision, instance})});
		setPeer(step, entry.peer_id, {head: commit, revision});
		if (!isOwn || !isNews(step, commit)) continue;
		if (pack === undefined) {
			holdBack(step, from);
			continue;
		}
		const {stored, storing} = step.machine.sync;
		if (stored.has(commit) || step.machine.state.project.head === undefined) continue;
		// What stands at the path now may be somebody else's. After the halt it is asked for.
		if (step.machine.sync.halted) continue;
		// One that says heads faster than we store them is asked for the newest when there is time.
		if ([...storing.values()].filter((sender) => sender === from).length >= maxStoring) continue;
		setSync(step, {storing: new Map(storing).set(commit, from)});
		step.effects.push({type: 'store-inline', peerId: from, commit, pack});
	}
}

/**
 * True if this is news of a run of a peer that we know a head of. What it says itself is true whatever others made of it, and
 * as long as we can hear it nobody speaks for it: any number can be told for a revision.
 */
function isBelieved(
	step: Step,
	entry: HeadEntry,
	{isOwn, known}: {isOwn: boolean; known: KnownHead},
): boolean {
	const isHearsay = step.machine.sync.hearsay.has(entry.peer_id);
	if (isOwn && isHearsay) return true;
	const maySpeak = isOwn || isHearsay || !linkOf(step, entry.peer_id).active;
	return maySpeak && entry.revision > known.revision;
}

function noteSource(step: Step, peerId: PeerId, isOwn: boolean): void {
	const hearsay = new Set(step.machine.sync.hearsay);
	if (isOwn) hearsay.delete(peerId);
	else hearsay.add(peerId);
	setSync(step, {hearsay});
}

function isSameHead(one: KnownHead, other: KnownHead): boolean {
	return one.commit === other.commit && one.revision === other.revision && one.instance === other.instance;
}

/** Says our head to one peer (a carrier became active) or to all (it changed). */
export function announce(step: Step, {to, former}: {to?: PeerId; former?: Oid}): void {
	const {sync, state} = step.machine;
	const {head} = state.project;
	if (head === undefined || !sync.ready) return;
	const targets = [];
	for (const peerId of to === undefined ? ringBehind(state.self.peerId, state.peers.keys()) : [to]) {
		const {active} = linkOf(step, peerId);
		const hasIt = sync.heads.get(peerId)?.commit === head;
		if (active) targets.push({peerId, generation: active.generation, hasIt});
	}
	if (targets.length === 0) return;
	const others = headsToPassOn(step.machine);
	step.effects.push({type: 'announce', to: targets, former, head, revision: sync.revision, others});
}

/** Who is there comes first, then whoever was heard of last: of those who are long gone, as many as there is room for. */
function headsToPassOn({sync, state}: Machine) {
	const newest = [...sync.heads].reverse().map(([peerId, known]) => ({
		peerId,
		...known,
		online: state.peers.get(peerId)?.link.status === 'online',
	}));
	const isPresent = ({peerId}: {peerId: PeerId}) => state.peers.get(peerId)?.present === true;
	const inOrder = [...newest.filter(isPresent), ...newest.filter((one) => !isPresent(one))];
	return inOrder.slice(0, maxHeads - 1);
}

/** Our head moved or was found: remember it, say it, look at the conflicts. */
export function headMoved(step: Step, report: HeadReport): void {
	const former = step.machine.state.project.head;
	setState(step, {project: {...step.machine.state.project, ...pickReport(report)}});
	setSync(step, {looksAgain: report.looksAgain === true});
	// Also where listing them failed before.
	if (step.machine.sync.listedHead !== report.head) step.effects.push({type: 'list-conflicts'});
	if (former === report.head) return;
	setSync(step, {revision: step.machine.sync.revision + 1});
	announce(step, {former});
}

function pickReport({head, tree, files, bytes}: HeadReport): HeadReport {
	return {head, tree, files, bytes};
}

/** True for an answer that tells where the project stands: a folder without a head has nothing to tell. */
export function isReport<T extends Partial<HeadReport>>(event: T): event is T & HeadReport {
	return (
		event.head !== undefined &&
		event.tree !== undefined &&
		event.files !== undefined &&
		event.bytes !== undefined
	);
}

/** Passes on what was heard, a little later and once for all: somebody may have no link to its author. */
function gossipSoon(step: Step): void {
	if (step.machine.sync.gossiping) return;
	setSync(step, {gossiping: true});
	step.effects.push({type: 'start-timer', timer: 'gossip', afterMs: gossipMs});
}

/** Says all heads that we know to all whom we are linked with. */
export function gossipTimerFired(step: Step): void {
	setSync(step, {gossiping: false});
	announce(step, {});
}

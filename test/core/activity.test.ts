/** What people read of what happened. */
import test from 'ava';
import {type Conflict, type PeerId} from '../../source/core/state.js';
import {ada, bob, of, OneCore} from '../helpers/one-core.js';

const said = (side: OneCore) => side.machine.state.activity.items.map(({who, text}) => [who, text]);

const report = {head: 'a'.repeat(40), tree: 'b'.repeat(40), files: 1, bytes: 1};
const conflict = (path: string): Conflict => ({path, kind: 'content', base: undefined, sides: [], since: 0});

test('who settled a conflict is told, and how where it was settled here', (t) => {
	const side = new OneCore(ada);
	side.do({
		type: 'conflicts-listed',
		head: report.head,
		conflicts: [conflict('mine.txt'), conflict('theirs.txt')],
	});
	side.do({type: 'head-moved', take: 'mine', resolved: ['mine.txt'], ...report});
	side.do({type: 'conflicts-listed', head: report.head, conflicts: []});
	t.deepEqual(said(side), [
		['', 'conflict in mine.txt'],
		['', 'conflict in theirs.txt'],
		['you', 'settled mine.txt: mine'],
		['', 'theirs.txt was settled by another peer'],
	]);
});

test('problems that were dropped for newer ones are counted until they are mended', (t) => {
	const side = new OneCore(ada);
	const problemOf = (index: number) => ({path: `file-${index}`, code: 'too_large', message: 'too large'});
	const counts = () => {
		const {items, hidden} = side.machine.state.problems;
		return [items.length, hidden];
	};
	for (let index = 0; index < 112; index++) side.do({type: 'problem-found', problem: problemOf(index)});
	t.deepEqual(counts(), [100, 12]);
	for (let index = 2; index < 112; index++)
		side.do({type: 'problem-solved', code: 'too_large', path: `file-${index}`});
	t.deepEqual(counts(), [0, 2]);
	side.do({type: 'problem-solved', code: 'store_large'});
	for (const path of ['file-0', 'file-1', 'file-1'])
		side.do({type: 'problem-solved', code: 'too_large', path});
	t.deepEqual(counts(), [0, 0]);
});

test('a view can put a line into the log', (t) => {
	const side = new OneCore(ada);
	side.do({type: 'commanded', command: {type: 'note', text: 'your text is kept: /kept/a'}});
	t.deepEqual(said(side), [['you', 'your text is kept: /kept/a']]);
});

test('what was brought back is told', (t) => {
	const side = new OneCore(ada);
	side.do({type: 'head-moved', restored: ['a.txt'], ...report});
	side.do({type: 'head-moved', restored: ['a.txt', 'b.txt', 'c.txt'], ...report});
	side.do({type: 'head-moved', restored: [], ...report});
	t.deepEqual(said(side), [
		['you', 'restored a.txt'],
		['you', 'restored a.txt and 2 more'],
	]);
});

test('who was here before us is here, and who comes later joins', (t) => {
	const side = new OneCore(ada);
	side.do({type: 'timer-fired', timer: 'relay'});
	const eve = 'e'.repeat(26);
	const entry = (peerId: PeerId, name: string) => ({peerId, publicKey: 'k', name, instance: 'i'});
	const effects = [
		...side.do({type: 'relay-opened', attempt: 1, url: 'ws://r', peers: [entry(bob, 'bob')]}),
		...side.do({type: 'peer-joined', peer: entry(eve, 'eve')}),
	];
	t.deepEqual(said(side), [
		['bob', 'is here'],
		['eve', 'joined'],
	]);
	t.deepEqual(
		of(effects, 'emit').flatMap(({event}) => (event.event === 'peer_joined' ? [event.name] : [])),
		['bob', 'eve'],
	);
});

test('who shows up in the local network, before us or after, is here', (t) => {
	const side = new OneCore(ada);
	side.do({type: 'peer-found', peer: {peerId: bob, instance: 'i', publicKey: 'k', name: 'bob'}});
	t.deepEqual(said(side), [['bob', 'is here']]);
});

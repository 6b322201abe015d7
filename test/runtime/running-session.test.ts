import test from 'ava';
import {initialMachine} from '../../source/core/initial-machine.js';
import {Loop} from '../../source/runtime/loop.js';
import {RunningSession, type RunningSessionOptions} from '../../source/runtime/running-session.js';

const [former, next] = ['1'.repeat(40), '2'.repeat(40)];

test('who settles conflicts is answered when those of the new head are listed', async (t) => {
	const machine = initialMachine({
		at: 0,
		self: {peerId: 'a', name: 'me', instance: 'i1', role: 'host'},
		session: {sessionId: 's', root: '/p', projectName: 'p', invite: 'x', relayUrl: 'ws://r'},
		pin: 'auto',
		relayAttempt: 0,
	});
	const loop = new Loop({machine, run: () => undefined});
	loop.dispatch({type: 'conflicts-listed', head: former, conflicts: []});
	let answer: () => void = () => t.fail('nobody asked for the conflicts');
	const session = new RunningSession({
		loop,
		project: {
			resolve: async () => ({resolved: ['f'], before: former, copies: []}),
			resolveMerged: async () => ({before: former}),
			reopen: async () => ({reopened: ['f']}),
		},
		projectDesk: {
			report: () => ({head: next, tree: former, files: 1, bytes: 1}),
			listConflicts: async () => new Promise<void>((resolve) => (answer = resolve)),
		},
	} as unknown as RunningSessionOptions);
	for (const settle of [
		async () => session.resolve({paths: ['f'], take: 'mine'}),
		async () => session.resolveMerged('f', {file: 'merged'}),
		async () => session.reopen(['f'], former),
	]) {
		let isDone = false;
		const settled = settle().then(() => (isDone = true));
		await new Promise((resolve) => setImmediate(resolve));
		t.is(loop.state.project.head, next);
		t.false(isDone);
		answer();
		await settled;
	}
});

/** A session that does nothing by itself: tests emit its events, end it, and read what was asked of it. */
import {type Command} from '../../source/core/command.js';
import {type PublicEvent} from '../../source/core/public-event.js';
import {type Session, type SessionEnd} from '../../source/core/session.js';
import {type State} from '../../source/core/state.js';
import {Failure} from '../../source/protocol/failure.js';
import {sampleState} from './sample-state.js';

export type FakeSession = {
	readonly session: Session;
	/** What was asked, in order: commands and calls by name. */
	readonly asked: unknown[];
	readonly emit: (event: PublicEvent) => void;
	readonly end: (end: SessionEnd) => void;
	readonly setState: (state: State) => void;
};

export function fakeSession(change: Partial<Session> = {}): FakeSession {
	let state = sampleState();
	const listeners = new Set<(event: PublicEvent) => void>();
	const asked: unknown[] = [];
	let end!: (end: SessionEnd) => void;
	const stopped = new Promise<SessionEnd>((resolve) => {
		end = resolve;
	});
	const session: Session = {
		getSnapshot: () => state,
		subscribe: () => () => undefined,
		onEvent(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		send: (command: Command) => void asked.push(command),
		async resolve(request) {
			asked.push(request);
			if (request.paths === 'all') return {resolved: ['everything'], before: '1'.repeat(40), copies: []};
			if (request.paths.includes('clean')) throw new Failure('not_conflicted', {details: {path: 'clean'}});
			return {resolved: request.paths, before: '1'.repeat(40), copies: []};
		},
		resolveMerged: async () => ({before: '1'.repeat(40)}),
		reopen: async (paths) => ({reopened: paths}),
		readContent: async () => ({bytes: 0, binary: false}),
		readVersion: async ({path, side}) => ({
			path,
			oid: '3'.repeat(40),
			mode: '100644',
			data: Buffer.from(side ?? 'it'),
		}),
		readHistory: async ({path}) => ({
			entries: [{commit: '1'.repeat(40), at: 0, peerId: 'a', name: 'ada', paths: [path ?? 'all'], more: 0}],
			end: 'boundary',
		}),
		diff: async ({path, from} = {}) =>
			`diff of ${path ?? 'all'}${from === undefined ? '' : ` since ${from}`}\n`,
		restore: async (path) => ({restored: [path]}),
		tidy: async (days) => ({bytes: 7, cut: days ?? 0}),
		async waitSynced(timeoutMs) {
			asked.push({waitSynced: timeoutMs});
			return {head: '1'.repeat(40), tree: '2'.repeat(40)};
		},
		forgetName: async () => void asked.push('forgetName'),
		async leave() {
			asked.push('leave');
			end({exitCode: 0});
		},
		async stop() {
			end({exitCode: 0});
		},
		stopped,
		...change,
	};
	return {
		session,
		asked,
		emit: (event) => {
			for (const listener of listeners) listener(event);
		},
		end,
		setState: (next) => {
			state = next;
		},
	};
}

/** Screens with more than anybody has: each draw is cheap, whatever the state or a file holds. */
import test from 'ava';
import {ClockContext} from '../../source/tui/hooks/use-now.js';
import {SessionApp} from '../../source/tui/screens/session-app.js';
import {drawApp} from './fixtures/drawn-app.js';
import {busyState, fakeSession, makeConflict, makePeer, noon, peersOf} from './fixtures/state.js';

/** CPU of one draw, so that a busy machine does not count; the promise is 50 ms, and tests run beside others. */
const mostMs = 50;
const draws = 9;

function largeState() {
	const state = busyState();
	return {
		...state,
		peers: peersOf(
			...Array.from({length: 64}, (_, index) =>
				makePeer({name: `peer-${index}`, peerId: `${String(index).padStart(2, '0')}${'q'.repeat(24)}`}),
			),
		),
		conflicts: Array.from({length: 10_000}, (_, index) =>
			makeConflict(`src/folder-${index % 100}/file-${String(index).padStart(5, '0')}.ts`),
		),
		activity: {
			items: Array.from({length: 500}, (_, index) => ({
				id: 999_500 + index,
				at: noon - (500 - index) * 1000,
				kind: 'change' as const,
				who: `peer-${index % 64}`,
				text: 'changed a line that is long enough to be broken where the window is narrow, or cut',
				path: index % 2 === 0 ? `src/file-${index}.ts` : undefined,
			})),
			hidden: 999_500,
		},
	};
}

/** Texts of 20,000 lines, each tenth of which differs. */
async function largeContent([letter = '']: string) {
	const lines = Array.from({length: 20_000}, (_, at) =>
		at % 10 === 0 && letter !== 'b' ? `the words of ${letter} at ${at}` : `the words that all have at ${at}`,
	);
	const text = lines.join('\n');
	return {bytes: text.length, binary: false, text};
}

for (const [screen, keys, wait] of [
	['session', '', 'Peers'],
	['conflicts', 'c', 'Conflicts 10000'],
	['filtered conflicts', 'c/file-099\r', '100 of 10,001'],
	['log', 'l', '999,500 earlier'],
	['peer', '\r', 'peer id'],
	['history', 'H', 'on this disk'],
	['compare', 'c\r', 'difference'],
] as const) {
	test.serial(
		`the ${screen} screen of 64 peers, 10,000 conflicts and a million lines is drawn quickly`,
		async (t) => {
			const session = {...fakeSession(largeState()), readContent: largeContent};
			const app = drawApp(
				<ClockContext value={() => noon}>
					<SessionApp session={session} onQuit={() => {}} />
				</ClockContext>,
			);
			t.teardown(() => app.unmount());
			const until = async (isThere: () => boolean) => {
				const deadline = Date.now() + 20_000;
				while (!isThere()) {
					if (Date.now() > deadline) throw new Error(app.lastFrame() ?? '');
					await new Promise((resolve) => setTimeout(resolve, 5));
				}
			};
			app.stdin.write(keys);
			if (screen === 'log') {
				await until(() => app.lastFrame()?.includes('Log') ?? false);
				app.stdin.write('\u001B[H');
			}
			await until(() => app.lastFrame()?.includes(wait) ?? false);
			const costs: number[] = [];
			for (let draw = 0; draw < draws; draw++) {
				const {length} = app.frames;
				const before = process.cpuUsage();
				const state = session.getSnapshot();
				// Not as it was, even if something else was drawn meanwhile.
				session.set({...state, pin: draw % 2 === 0 ? 'json' : 'auto', limits: {...state.limits}});
				await until(() => app.frames.length > length);
				const {user, system} = process.cpuUsage(before);
				costs.push((user + system) / 1000);
			}
			costs.sort((one, other) => one - other);
			t.log(`${screen}: ${costs.map((cost) => cost.toFixed(0)).join(' ')} ms`);
			// The dear ones are the machine's: others run, and memory is tidied.
			t.true((costs[2] ?? 0) <= mostMs, costs.join(' '));
		},
	);
}

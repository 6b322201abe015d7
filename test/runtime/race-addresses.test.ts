/** Which of several addresses of one relay becomes the connection. */
import test from 'ava';
import {type Heat, raceAddresses} from '../../source/runtime/race-addresses.js';

type Way = (heat: Heat) => Promise<string>;

/** Never comes by itself. */
const silent: Way = async ({signal}) =>
	new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
const refused: Way = async () => Promise.reject(new Error('refused'));

async function race(
	ways: Readonly<Record<string, Way>>,
	{signal = new AbortController().signal, fatal = ''} = {},
) {
	const dialled: string[] = [];
	const failures: string[] = [];
	const won = await raceAddresses({
		addresses: Object.keys(ways),
		signal,
		async connect(address, heat) {
			dialled.push(address);
			return ways[address]!(heat);
		},
		failed(error) {
			const {message} = error as Error;
			failures.push(message);
			return message === fatal;
		},
	});
	return {won, dialled, failures};
}

test('the first address that answers is taken, and no other one is dialled', async (t) => {
	const {won, dialled} = await race({a: async () => 'a', b: async () => 'b'});
	t.is(won, 'a');
	t.deepEqual(dialled, ['a']);
});

test('one that refuses makes way at once, one that is silent after a moment, and is let go', async (t) => {
	let isLetGo = false;
	const watched: Way = async (heat) => {
		heat.signal.addEventListener('abort', () => (isLetGo = true));
		return silent(heat);
	};
	const {won, dialled, failures} = await race({a: refused, b: watched, c: async () => 'c'});
	t.is(won, 'c');
	t.deepEqual(dialled, ['a', 'b', 'c']);
	t.deepEqual(failures, ['refused']);
	t.true(isLetGo);
});

test('two that answer at once do not both join, and the second joins where the first fails then', async (t) => {
	const joined: string[] = [];
	const joins =
		(name: string, end: () => Promise<string>): Way =>
		async ({turn}) => {
			await turn();
			joined.push(name);
			return end();
		};
	const slow = async () => new Promise<string>((resolve) => setTimeout(resolve, 400, 'a'));
	const {won} = await race({a: joins('a', slow), b: joins('b', async () => 'b')});
	t.is(won, 'a');
	t.deepEqual(joined, ['a']);

	const late = async () => new Promise<string>((_, reject) => setTimeout(reject, 400, new Error('not here')));
	const other = await race({a: joins('c', late), b: joins('d', async () => 'd')});
	t.is(other.won, 'd');
	t.deepEqual(joined, ['a', 'c', 'd']);
});

test('where all fail, or one for good, or it is ended, nothing has won', async (t) => {
	t.deepEqual(await race({a: refused, b: refused}), {
		won: undefined,
		dialled: ['a', 'b'],
		failures: ['refused', 'refused'],
	});
	t.deepEqual(await race({a: refused, b: silent}, {fatal: 'refused'}), {
		won: undefined,
		dialled: ['a'],
		failures: ['refused'],
	});
	t.is((await race({a: silent, b: silent}, {signal: AbortSignal.timeout(50)})).won, undefined);
	t.is((await race({})).won, undefined);
});

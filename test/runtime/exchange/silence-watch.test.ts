import test from 'ava';
import {SilenceWatch} from '../../../source/runtime/exchange/silence-watch.js';

/** How long it takes until the peer is called silent, in silences. */
async function silenceOf(bytesIn: () => number | undefined): Promise<number> {
	const silenceMs = 200;
	const begun = performance.now();
	await new Promise<void>((resolve) => {
		const watch = new SilenceWatch(resolve);
		watch.start({silenceMs, ours: () => false, bytesIn});
	});
	return (performance.now() - begun) / silenceMs;
}

test('a peer that says nothing on a path that lives is silent soon', async (t) => {
	const took = await silenceOf(() => performance.now());
	t.true(took >= 1 && took < 3, `${took}`);
	t.true((await silenceOf(() => undefined)) >= 1);
});

test('a path on which nothing comes at all is left to its carrier for longer', async (t) => {
	const took = await silenceOf(() => 5);
	t.true(took >= 4, `${took}`);
});

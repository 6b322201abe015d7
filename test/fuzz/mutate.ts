/**
 * Broken inputs by the hundred thousand: what a decoder takes, changed in a few places, seeded. A decoder may refuse; it may
 * not throw what it does not say that it throws, and no input may take it long or make it take much memory.
 */
import {type ExecutionContext} from 'ava';
import {type Random, seededRandom} from '../helpers/random.js';

const inputs = Number(process.env['PULSYNC_FUZZ_INPUTS'] ?? 100_000);
const maxInputMs = 1000;
/** By how much all inputs of a decoder together may raise the process's highest use of memory: for garbage, and little else. */
const maxGrowthKib = 256 * 1024;
const inputsPerTurn = 128;

/** What breaks parsers: lengths and numbers at their ends, brackets, escapes, names of prototypes, odd characters. */
const tokens = [
	...[
		'{',
		'}',
		'[',
		']',
		'"',
		'\\',
		',',
		':',
		'/',
		'\n',
		'\r\n',
		'\0',
		' ',
		'-',
		'.',
		'..',
		'::',
		'%',
		'=',
		'+',
	],
	...[
		'null',
		'true',
		'-1',
		'0',
		'1e999',
		'-0',
		'9007199254740993',
		'4294967296',
		'18446744073709551616',
		'1.5',
		'00',
	],
	...[
		'"__proto__"',
		'"constructor"',
		'"toString"',
		'\\u0000',
		'\\ud800',
		'{"a":',
		'[[[[[[[[',
		'""',
		'{}',
		'[]',
	],
	...[
		'\u202e',
		'\u200b',
		'\ufeff',
		'\u0001',
		'\u001b[2J',
		'\ud83d\ude00',
		'a=candidate:',
		'::ffff:',
		'127.0.0.1',
		'999',
	],
].map((token) => Buffer.from(token));
const ends = [0, 1, 0x7f, 0x80, 0xfe, 0xff];

/** One input: a sample or two, changed in one to six places. */
export function mutate(samples: readonly Buffer[], random: Random): Buffer {
	let bytes = Buffer.from(random.pick(samples));
	for (let times = 1 + random.below(6); times > 0; times--) {
		const at = random.below(bytes.length + 1);
		const length = Math.min(bytes.length - at, random.below(random.below(8) === 0 ? 400 : 8));
		switch (random.below(9)) {
			case 0:
				if (at < bytes.length) bytes[at]! ^= 1 << random.below(8);
				break;
			case 1:
				if (at < bytes.length) bytes[at] = random.pick(ends);
				break;
			case 2:
				bytes.fill(random.pick(ends), at, at + length);
				break;
			case 3:
				bytes = Buffer.concat([bytes.subarray(0, at), random.pick(tokens), bytes.subarray(at + length)]);
				break;
			case 4:
				bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
				break;
			case 5:
				bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
				break;
			case 6:
				bytes = Buffer.concat([bytes.subarray(0, at), random.pick(samples).subarray(random.below(64))]);
				break;
			case 7:
				bytes = Buffer.concat([bytes.subarray(0, at), random.bytes(length), bytes.subarray(at)]);
				break;
			default:
				bytes = bytes.subarray(0, at);
		}
	}
	return bytes;
}

/** Takes one input apart; throws where that did not end as it should. */
type Decode = (input: Buffer, random: Random) => void | Promise<void>;

/** `oneIn`: a decoder of files or streams takes many times as long, and gets one in so many inputs. */
type FuzzOptions = {readonly oneIn?: number};

/**
 * Gives a decoder its samples and then 100,000 broken inputs. What it throws fails the test, with the input and the seed that made
 * it, and so do an input that takes long and memory beyond a bound. Runs of one process must not overlap.
 */
export async function fuzz(
	t: ExecutionContext,
	samples: readonly (string | Buffer)[],
	decode: Decode,
	{oneIn = 1}: FuzzOptions = {},
): Promise<void> {
	const seed = Number(process.env['PULSYNC_FUZZ_SEED'] ?? Date.now() % 2 ** 32);
	const random = seededRandom(seed);
	const corpus = samples.map((sample) => Buffer.from(sample));
	const count = Math.ceil(inputs / oneIn);
	for (const sample of corpus) await decode(sample, random);
	const startedAt = performance.now();
	const peakBeforeKib = process.resourceUsage().maxRSS;
	for (let at = 0; at < count; at++) {
		// What failed engines of zlib hold is given back between turns only.
		if (at % inputsPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
		const input = mutate(corpus, random);
		const before = process.cpuUsage();
		try {
			const decoding = decode(input, random);
			if (decoding) await decoding;
		} catch (error) {
			const shown = input.toString('base64').slice(0, 4000);
			throw new Error(`input ${at} of seed ${seed}: ${String(error)}: ${shown}`, {cause: error});
		}
		// Not by the clock: others may have the machine at the same time.
		const tookMs = process.cpuUsage(before).user / 1000;
		if (tookMs > maxInputMs) throw new Error(`input ${at} of seed ${seed} took ${tookMs} ms`);
	}
	const grownKib = process.resourceUsage().maxRSS - peakBeforeKib;
	if (grownKib > maxGrowthKib) throw new Error(`seed ${seed}: ${grownKib} KiB of memory`);
	const tookMs = Math.round(performance.now() - startedAt);
	t.log(`${count} inputs, seed ${seed}, ${tookMs} ms, ${Math.round(grownKib / 1024)} MiB more`);
	t.pass();
}

/** Throws where a decoder answered with what it should have refused. */
export function must(holds: boolean, what: string): void {
	if (!holds) throw new Error(what);
}

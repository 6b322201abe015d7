import test from 'ava';
import {FailedAttempts} from '../../relay/attempts.js';

const perMinute = 120;

for (const [who, addresses, stranger] of [
	['one address', ['192.0.2.1'], '192.0.2.2'],
	[
		'a network of IPv6, whichever of its addresses',
		['2001:db8::1', '2001:db8::2', '2001:db8:0:0:5::3'],
		'2001:db8:0:1::1',
	],
] as const)
	test(`who guesses is slowed down for a minute: ${who}`, (t) => {
		const failures = new FailedAttempts();
		for (let attempt = 0; attempt < perMinute; attempt++)
			failures.add(addresses[attempt % addresses.length] ?? '', attempt);
		for (const address of addresses) t.is(failures.waitMs(address, perMinute), 60_000 - perMinute);
		t.is(failures.waitMs(stranger, perMinute), 0);
		t.is(failures.waitMs(addresses[0], 59_999), 1);
		t.is(failures.waitMs(addresses[0], 60_000), 0);
	});

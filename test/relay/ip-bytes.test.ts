import test from 'ava';
import {ipBytes} from '../../relay/ip-bytes.js';
import {networkOf, RateTable} from '../../relay/rate-table.js';

const addresses = [
	['192.0.2.1', 'c0000201'],
	['::ffff:192.0.2.1', 'c0000201'],
	['::1', '00000000000000000000000000000001'],
	['::', '00000000000000000000000000000000'],
	['fe80::1%eth0', 'fe800000000000000000000000000001'],
	['2001:db8:1:2:3:4:5:6', '20010db8000100020003000400050006'],
	['2001:db8::', '20010db8000000000000000000000000'],
	['64:ff9b::192.0.2.1', '0064ff9b0000000000000000c0000201'],
	['example.org', undefined],
	['1.2.3', undefined],
	['', undefined],
] as const;

for (const [text, bytes] of addresses) {
	test(`the address ${JSON.stringify(text)} is ${bytes ?? 'none'}`, (t) => {
		const found = ipBytes(text);
		t.is(found && Buffer.from(found).toString('hex'), bytes);
	});
}

test('an IPv6 address counts by its first half, an IPv4 address as a whole', (t) => {
	t.is(networkOf('2001:db8:0:1::7'), networkOf('2001:db8:0:1:ffff::'));
	t.not(networkOf('2001:db8:0:1::7'), networkOf('2001:db8:0:2::7'));
	t.is(networkOf('2001:db8::1'), '2001:db8:0:0');
	t.is(networkOf('::1'), '0:0:0:0');
	t.is(networkOf('192.0.2.1'), '192.0.2.1');
	t.is(networkOf('::ffff:192.0.2.1'), '::ffff:192.0.2.1');
});

test('an address gets its burst, then its rate, and costs the others nothing', (t) => {
	const table = new RateTable(2, 3);
	const takes = (address: string, now: number) => table.tryTake(address, now);
	t.deepEqual(
		[0, 0, 0, 0, 499, 500, 501].map((now) => takes('192.0.2.1', now)),
		[true, true, true, false, false, true, false],
	);
	t.true(takes('192.0.2.2', 501));
});

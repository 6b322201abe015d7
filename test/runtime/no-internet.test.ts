import {type networkInterfaces} from 'node:os';
import test from 'ava';
import {isNoInternet} from '../../source/runtime/no-internet.js';
import {Failure} from '../../source/protocol/failure.js';

type Interfaces = ReturnType<typeof networkInterfaces>;
type Entry = NonNullable<Interfaces[string]>[number];

const entry = (address: string, internal: boolean): Entry => ({
	address,
	internal,
	netmask: '255.255.255.0',
	mac: '00:00:00:00:00:00',
	cidr: null,
	family: 'IPv4',
});
const alone: Interfaces = {lo: [entry('127.0.0.1', true)]};
const connected: Interfaces = {...alone, eth0: [entry('192.0.2.7', false)]};
const failed = (code: string) =>
	new Failure('relay_unreachable', {cause: Object.assign(new Error('no'), {code})});

for (const [code, interfaces, expected, what] of [
	['ENETUNREACH', connected, true, 'no route'],
	['EAI_AGAIN', connected, true, 'no name service'],
	['ENOTFOUND', connected, false, 'a name that nobody has'],
	['ENOTFOUND', alone, true, 'an unknown name on a machine without a network'],
	['ENOTFOUND', {}, true, 'an unknown name on a machine without interfaces'],
	['ECONNREFUSED', alone, false, 'a relay on this machine that is away'],
] as const) {
	test(`${what} ${expected ? 'means' : 'does not mean'} that there is no internet`, (t) => {
		t.is(isNoInternet(failed(code), interfaces), expected);
	});
}

test('a relay that refuses says nothing about the internet', (t) => {
	t.false(isNoInternet(new Failure('session_full'), alone));
	t.false(isNoInternet('aborted', alone));
});

import {syncBuiltinESMExports} from 'node:module';
import os from 'node:os';
import test from 'ava';
import {localAddresses} from '../../source/runtime/local-addresses.js';
import {watchNetwork} from '../../source/runtime/network-watch.js';
import {lanInterfaces} from '../../source/transport/lan/lan-interfaces.js';
import {machineInterfaces} from '../../source/transport/machine-interfaces.js';

type Interfaces = ReturnType<typeof os.networkInterfaces>;

const ethernet: Interfaces = {
	eth0: [
		{
			address: '192.0.2.7',
			netmask: '255.255.255.0',
			family: 'IPv4',
			mac: '00:00:00:00:00:00',
			internal: false,
			cidr: '192.0.2.7/24',
		},
	],
};

function setSystem(networkInterfaces: () => Interfaces): void {
	os.networkInterfaces = networkInterfaces;
	syncBuiltinESMExports();
}

const forbidden = () => {
	throw new Error('uv_interface_addresses returned Unknown system error 13');
};

const {networkInterfaces: original} = os;
test.afterEach.always(() => setSystem(original));

test.serial('a system that does not tell its interfaces is one without a network', (t) => {
	setSystem(forbidden);
	t.deepEqual(machineInterfaces(), {});
	t.deepEqual(localAddresses(), ['127.0.0.1']);
	t.deepEqual(lanInterfaces(), []);
});

test.serial('no address is gone because the system did not tell it once', (t) => {
	setSystem(() => ethernet);
	const changes: unknown[] = [];
	const watch = watchNetwork({changed: (change) => changes.push(change)});
	setSystem(forbidden);
	watch.look();
	t.deepEqual(localAddresses(), ['192.0.2.7']);
	setSystem(() => ({}));
	watch.look();
	watch.close();
	t.deepEqual(changes, [{cause: 'addresses', gone: ['192.0.2.7'], hasNetwork: false}]);
});

/** The window between two relays, and whose turn it is. */
import test from 'ava';
import {RelayLink} from '../../../relay/cluster/relay-link.js';
import {MemoryNetwork} from '../../helpers/memory-bus.js';

const kibibyte = 1024;
const piece = new Uint8Array(64 * kibibyte);

function makeLink(windowBytes = 1024 * kibibyte) {
	const network = new MemoryNetwork();
	const [own, other] = [network.party(), network.party()];
	other.subscribe('pulsync.v1.relay.other', ({answer}) => answer(new Uint8Array()));
	const lost: string[] = [];
	const link = new RelayLink({
		bus: own,
		relay: 'other',
		windowBytes: () => windowBytes,
		onLost: (why) => lost.push(why),
	});
	return {network, other, link, lost};
}

/** Writes as long as there is room, and again when there is. */
function keepWriting(link: RelayLink, count: number, written: () => void): void {
	let left = count;
	const write = () => {
		while (left > 0) {
			if (link.isFull) return link.wait(write);
			left--;
			written();
			link.write('somewhere', piece);
		}
	};
	write();
}

test('no more than a window is under way, and all of it goes in the end', async (t) => {
	const {network, link} = makeLink();
	let written = 0;
	keepWriting(link, 100, () => written++);
	t.is(written, 16);
	await network.settle();
	t.is(written, 100);
	t.false(link.isFull);
});

test('those who wait go in turn', async (t) => {
	const {network, link} = makeLink();
	const order: string[] = [];
	for (const name of 'abc') keepWriting(link, 40, () => order.push(name));
	t.is(order.join(''), 'a'.repeat(16));
	await network.settle();
	t.is(order.length, 120);
	t.is(order.slice(16, 28).join(''), 'aaaabbbbcccc');
});

test('a relay that is not there any more is known at once, and told once', async (t) => {
	const {network, other, link, lost} = makeLink();
	other.die();
	link.check();
	link.check();
	await network.settle();
	t.deepEqual(lost, ['nobody']);
});

test('after it is closed nobody is told anything', async (t) => {
	const {network, other, link, lost} = makeLink();
	let written = 0;
	keepWriting(link, 20, () => written++);
	other.die();
	link.close();
	await network.settle();
	t.deepEqual(lost, []);
	t.is(written, 16);
});

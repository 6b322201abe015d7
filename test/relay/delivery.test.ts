/** How what the rooms decide is carried out. */
import test from 'ava';
import {Counts} from '../../relay/counters.js';
import {Delivery} from '../../relay/delivery.js';
import {withDefaults} from '../../relay/relay-limits.js';
import {Rooms} from '../../relay/rooms.js';
import {SessionBook} from '../../relay/session-book.js';
import {FakeClock} from './fake-sockets.js';

test('however often something is held back until an earlier time, one timer waits for all of it', (t) => {
	const clock = new FakeClock();
	const rooms = new Rooms(withDefaults({}), 0);
	const delivery = new Delivery({
		...{rooms, clock, counts: new Counts(), book: new SessionBook()},
		meter: {waitingBytes: 0, maxWaitingBytes: 1, mostWaitingBytes: 1},
		log: () => undefined,
		announce: () => undefined,
	});
	for (const at of [300, 200, 250, 100]) delivery.run([{type: 'wake', at}]);
	t.is(clock.waiting, 1);
	clock.advance(100);
	t.is(clock.waiting, 0);
	delivery.run([{type: 'wake', at: 200}]);
	t.is(clock.waiting, 1);
});

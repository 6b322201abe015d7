/** Another network: what the state says of it. */
import test from 'ava';
import {ada, OneCore} from '../helpers/one-core.js';

const texts = (side: OneCore) => side.machine.state.activity.items.map(({text}) => text);
const isTold = (text: string) => text.includes('the invite names');

test('An invite with the new addresses takes the place of the former one, and that is told', (t) => {
	const side = new OneCore(ada);
	side.online();
	side.do({type: 'network-changed', cause: 'addresses', gone: ['10.0.0.7'], invite: 'another'});
	t.is(side.machine.state.session.invite, 'another');
	t.is(texts(side).filter(isTold).length, 1);
	side.do({type: 'network-changed', cause: 'addresses', gone: [], invite: 'another'});
	t.is(texts(side).filter(isTold).length, 1, 'the same one is no news');
});

test('Without another invite the former one stays', (t) => {
	const side = new OneCore(ada);
	side.online();
	const {invite} = side.machine.state.session;
	side.do({type: 'network-changed', cause: 'addresses', gone: ['10.0.0.7'], hasNetwork: false});
	t.is(side.machine.state.session.invite, invite);
	t.false(texts(side).some(isTold));
});

/** The port of a host's own relay is part of every invite: one that is taken at the next start is told, and another one does. */
import {once} from 'node:events';
import net from 'node:net';
import test from 'ava';
import {Lab} from '../helpers/peer-process.js';

test('a host whose port another program has takes another one, and says that former invites do not work', async (t) => {
	const lab = new Lab(t);
	const first = await lab.host('ada');
	await first.stop();
	const port = Number(/:(\d+)\//.exec(first.invite)?.[1]);
	const other = net.createServer().listen(port, '127.0.0.1');
	t.teardown(() => other.close());
	await once(other, 'listening');
	const again = await lab.resume('ada', ['--host', '127.0.0.1']);
	const {message} = await again.waitFor('problem', ({code}) => code === 'port_changed');
	t.regex(String(message), new RegExp(`^Port ${port} .* port \\d+ now`));
	t.not((await again.waitFor('ready')).invite, first.invite);
	await again.stop();

	// The port is kept in mind: with the other program gone former invites work again, as the sentence says.
	await new Promise((resolve) => other.close(resolve));
	const back = await lab.resume('ada', ['--host', '127.0.0.1']);
	t.is((await back.waitFor('ready')).invite, first.invite);
	t.false(back.events.some(({event}) => event === 'problem'));
});

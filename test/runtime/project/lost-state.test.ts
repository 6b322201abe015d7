/** What happens when a part of `.pulsync` is lost, or the disk refuses in the middle of something. */
import {rmSync} from 'node:fs';
import test from 'ava';
import {openSession, TestPeer} from './test-peer.js';

test('without its store a folder takes its files for new ones, whatever it remembers of having shared them', async (t) => {
	const ada = await TestPeer.open(t, 'ada');
	ada.write('same', 'x');
	ada.write('changed', 'x');
	await ada.project.start();
	await ada.close();
	rmSync(ada.at('.pulsync/repo.git'), {recursive: true});
	ada.write('changed', 'y');
	await ada.reopen();
	await ada.project.start();
	t.deepEqual([ada.read('same'), ada.read('changed')], ['x', 'y']);
	t.deepEqual(await ada.tree(), ada.disk());
});

test('a head that moved before the disk refused is the head', async (t) => {
	const [ada] = (await openSession(t, ['ada'], {f: 'x'})) as [TestPeer];
	const {store} = ada.project;
	const write = store.writeHead.bind(store);
	let refusals = 1;
	store.writeHead = async (...args) => {
		await write(...args);
		if (refusals-- > 0) throw Object.assign(new Error('EIO'), {code: 'EIO'});
	};
	ada.write('f', 'y');
	ada.project.rescan();
	await ada.project.snapshot();
	t.is(ada.project.head, await store.readHead());
	refusals = 2;
	ada.write('g', 'y');
	ada.project.rescan();
	await t.throwsAsync(ada.project.snapshot(), {code: 'EIO'});
	t.is(ada.project.head, await store.readHead());
	ada.write('f', 'z');
	ada.project.rescan();
	await ada.project.snapshot();
	t.deepEqual(await ada.tree(), ada.disk());
});

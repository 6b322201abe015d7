/** Fetching into a store whose history begins with the snapshot that it joined with. */
import test from 'ava';
import {FakeStore} from './fake-store.js';
import {connect, fetchingPeer, supplyingPeer, temporaryFolder} from './two-peers.js';

test('what only a commit behind the boundary had is sent, though all that is in front of it is here', async (t) => {
	const theirs = new FakeStore();
	const root = theirs.commit({f: 'deleted by one', g: 'g'});
	const one = theirs.commit({g: 'g'}, [root]);
	const other = theirs.commit({f: 'deleted by one', g: 'changed by the other'}, [root]);
	const merge = theirs.commit({f: 'deleted by one', g: 'changed by the other'}, [one, other]);
	const ours = new FakeStore();
	const [supplying, fetching] = [supplyingPeer(theirs), fetchingPeer(ours, await temporaryFolder(t))];
	const {atFetcher} = connect(supplying, fetching);
	await fetching.fetcher.fetch({commit: one, have: [], channel: atFetcher});
	t.false(ours.graph.isPresent(root));
	await fetching.fetcher.fetch({commit: merge, have: [one], channel: atFetcher});
	t.true(ours.graph.isPresent(merge));
});

import {generateKeyPairSync} from 'node:crypto';
import test from 'ava';
import {createIdentity, importIdentity, peerIdOf, verify} from '../../source/transport/identity.js';

/** RFC 8410, 10.3: an Ed25519 key that others use for their examples too. */
const knownPem = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----`;

test('A known key has its known name and public key', (t) => {
	const identity = importIdentity(knownPem);
	t.is(identity.publicKey, 'MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE');
	t.regex(identity.peerId, /^[a-z2-7]{26}$/);
	t.is(identity.peerId, peerIdOf(identity.publicKey));
});

test('An exported identity is the same again, and two new ones differ', (t) => {
	const identity = createIdentity();
	const again = importIdentity(identity.exportPem());
	t.is(again.peerId, identity.peerId);
	t.not(createIdentity().peerId, identity.peerId);
});

test('A signature counts for its key and its bytes alone', (t) => {
	const identity = createIdentity();
	const bytes = Buffer.from('these');
	const signature = identity.sign(bytes).toString('base64url');
	t.true(verify(identity.publicKey, bytes, signature));
	t.false(verify(identity.publicKey, Buffer.from('those'), signature));
	t.false(verify(createIdentity().publicKey, bytes, signature));
});

test('Verifying never throws, whatever the key and the signature are', (t) => {
	for (const key of ['', 'x', 'MCow', '!!!', 'A'.repeat(59)]) t.false(verify(key, Buffer.from('x'), 'c2ln'));
	const ecKey = generateKeyPairSync('ec', {namedCurve: 'P-256'}).publicKey;
	const other = ecKey.export({type: 'spki', format: 'der'}).toString('base64url');
	t.false(verify(other, Buffer.from('x'), 'c2ln'));
});

test('What is no Ed25519 key is refused as bad_key', (t) => {
	const ecKey = generateKeyPairSync('ec', {namedCurve: 'P-256'}).privateKey;
	for (const pem of ['', 'no key', ecKey.export({type: 'pkcs8', format: 'pem'}).toString()]) {
		t.like(
			t.throws(() => importIdentity(pem)),
			{code: 'bad_key'},
		);
	}
});

import test from 'ava';
import {createIdentity} from '../../source/transport/identity.js';
import {createSecret, deriveSession} from '../../source/transport/session-keys.js';

test('Everybody with the same secret and founder derives the same session', (t) => {
	const secret = createSecret();
	const founderPublicKey = createIdentity().publicKey;
	t.deepEqual(deriveSession({secret, founderPublicKey}), deriveSession({secret, founderPublicKey}));
});

test('Another secret gives another session, token and key; another founder only another session', (t) => {
	const secret = createSecret();
	const founderPublicKey = createIdentity().publicKey;
	const session = deriveSession({secret, founderPublicKey});
	const otherSecret = deriveSession({secret: createSecret(), founderPublicKey});
	t.not(otherSecret.sessionId, session.sessionId);
	t.not(otherSecret.admissionToken, session.admissionToken);
	t.false(otherSecret.psk.equals(session.psk));
	const otherFounder = deriveSession({secret, founderPublicKey: createIdentity().publicKey});
	t.not(otherFounder.sessionId, session.sessionId);
	t.is(otherFounder.admissionToken, session.admissionToken);
});

test('A known secret gives the known keys', (t) => {
	const founderPublicKey = 'MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE';
	const {sessionId, admissionToken, admissionHash, psk} = deriveSession({
		secret: new Uint8Array(32).fill(1),
		founderPublicKey,
	});
	t.deepEqual(
		{sessionId, admissionToken, admissionHash, psk: psk.toString('hex')},
		{
			sessionId: 's7aqg45zbndqksyq66yhjygovi',
			admissionToken: 'EwPFdxnaSdgCcmb9sUYnG7vTwWPpct7Rqxf0VsFQJB0',
			admissionHash: '4L130KdnqFBSF2-VZ59wWzqmOyaYvd0ZtNJcEwkXXtE',
			psk: '466a8ad06d7d8d48b5279f0eae6b95ebfe3bbd4cdaf798b6fd5d56f3a78a3234',
		},
	);
});

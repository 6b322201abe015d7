import test from 'ava';

test('tests run', (t) => {
	t.pass();
});

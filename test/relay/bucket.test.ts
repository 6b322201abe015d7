import test from 'ava';
import {Bucket} from '../../relay/bucket.js';

test('a debt is paid at the rate of the bucket', (t) => {
	const bucket = new Bucket(1000, 0);
	bucket.spend(1000, 0);
	t.is(bucket.waitMs(0), 0);
	bucket.spend(500, 0);
	t.is(bucket.waitMs(0), 500);
	t.is(bucket.waitMs(200), 300);
	t.is(bucket.waitMs(500), 0);
});

test('a rest fills the bucket up to its capacity and no further', (t) => {
	const bucket = new Bucket(10, 0, 2);
	t.true(bucket.trySpend(20, 1_000_000));
	t.false(bucket.trySpend(1, 1_000_000));
	t.true(bucket.trySpend(1, 1_000_100));
});

test('what cannot be paid is not spent', (t) => {
	const bucket = new Bucket(10, 0);
	t.false(bucket.trySpend(11, 0));
	t.true(bucket.trySpend(10, 0));
});

test('a clock that goes back gives nothing and takes nothing', (t) => {
	const bucket = new Bucket(10, 1000);
	t.true(bucket.trySpend(10, 1000));
	t.false(bucket.trySpend(1, 0));
});

test('a bucket without a limit never makes anybody wait', (t) => {
	const bucket = new Bucket(0, 0);
	bucket.spend(1e12, 0);
	t.is(bucket.waitMs(0), 0);
	t.true(bucket.trySpend(1e12, 0));
});

/** Limits of traffic in words. */
import {type OwnLimits} from './state.js';

const units = ['B/s', 'kB/s', 'MB/s', 'GB/s'];

/** As it is written on the command line, with three figures at most: `2.5 MB/s`. */
export function rateWords(bytesPerSecond: number): string {
	let [value, unit] = [bytesPerSecond, 0];
	while (value >= 1000 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
	return `${Number(value.toPrecision(3))} ${units[unit]}`;
}

/** `limits: up 2 MB/s, down none` */
export function limitWords({up, down}: OwnLimits): string {
	const words = (rate: number | undefined) => (rate === undefined ? 'none' : rateWords(rate));
	return `limits: up ${words(up)}, down ${words(down)}`;
}

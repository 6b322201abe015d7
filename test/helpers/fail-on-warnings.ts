/** Loaded by AVA before each test file: a warning of Node (a leaked listener, a deprecation) fails the file. */
import process from 'node:process';

process.on('warning', (warning) => {
	throw warning;
});

/** Calls through at most ten times a second: progress is for people. The last call may be swallowed. */
export function atMostTenASecond<T>(call: (value: T) => void): (value: T) => void {
	let next = 0;
	return (value) => {
		const now = performance.now();
		if (now < next) return;
		next = now + 100;
		call(value);
	};
}

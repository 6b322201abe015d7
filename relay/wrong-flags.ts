/** What is wrong about the flags themselves, so that starting again changes nothing. Its message is for the person. */
export class WrongFlags extends Error {}

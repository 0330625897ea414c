/** Six permission bits in words of permissions.ts. */

const LETTERS = ['R', 'W', 'X'] as const;

const three = (bits: number): string => LETTERS.map((letter, at) => ((bits >>> at) & 1 ? letter : '-')).join('');

/** `RWX/R--`: privileged and unprivileged. */
export const permissionText = (bits: number): string => `${three(bits)}/${three(bits >>> 3)}`;

/** Levels of the log, the most important first. */
export const logLevels = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Where a part of the program says what it does; never where results go. */
export type Log = (level: LogLevel, message: string) => void;

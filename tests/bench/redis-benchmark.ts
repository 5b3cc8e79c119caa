// The yardstick of what Redis takes: its own benchmark, a hundred commands in flight on each of fifty connections.
import { execFileSync } from 'node:child_process';
import type { TestRedis } from '../support/redis.ts';

const calls = 500_000;

/** One HSET at a time, so many a second: what this server does at best. */
export function runRedisBenchmark({ settings }: TestRedis): number {
	const options = ['-h', settings.host, '-p', String(settings.port), '-c', '50', '-P', '100'];
	const command = ['HSET', 'bench:__rand_int__', 'f', '12345678'];
	const sizes = ['-n', String(calls), '-r', '1000', '--csv'];
	const output = execFileSync('redis-benchmark', [...options, ...sizes, ...command]).toString();
	return Number(/",\s*"([\d.]+)"/.exec(output.trim().split('\n').at(-1) ?? '')?.[1] ?? NaN);
}

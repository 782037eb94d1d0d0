const GIGABYTE = 1024;

/** Every `step` GB from `least` to `most`, in MB. */
const sizes = (least: number, most: number, step = 1) =>
    Array.from({ length: (most - least) / step + 1 }, (_, index) => (least + index * step) * GIGABYTE);

/** The sizes of memory that Fargate has for each size of CPU, in MB (ECS developer guide, "Task CPU and memory"). */
export const fargateMemory: Readonly<Record<number, readonly number[]>> = {
    256: [512, ...sizes(1, 2)],
    512: sizes(1, 4),
    1024: sizes(2, 8),
    2048: sizes(4, 16),
    4096: sizes(8, 30),
    8192: sizes(16, 60, 4),
    16384: sizes(32, 120, 8),
};

/** Numbers that are higher in production than in other stacks. */
export const productionNumbers = {
    logRetentionDays: 365,
    /** Concurrent invocations kept for each function. */
    reservedConcurrency: 50,
    /** Tasks that the agent service may grow to. */
    maxTasks: 4,
};

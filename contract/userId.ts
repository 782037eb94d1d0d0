/** Whether a folder of that name holds one user's data; in `users` the service before this one kept the stories of everybody. */
export function isUserId(id: string): boolean {
    return /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/.test(id) && id !== "users";
}

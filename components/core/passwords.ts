/** The password rules of Story-42's user pool. */

/** The minimum length. */
export const MIN_PASSWORD_CHARACTERS = 12;

/** Small and capital letters, digits and symbols (Cognito developer guide, "Adding user pool password requirements"). */
export const strongPassword = new RegExp(
    String.raw`^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[\^$*.[\]{}()?"!@#%&/\\,><':;|_~\`+=-])\S{${MIN_PASSWORD_CHARACTERS},256}$`,
);

/** The same in words. */
export const STRONG_PASSWORD = `${MIN_PASSWORD_CHARACTERS} to 256 characters, among them a small and a capital letter, a digit and a symbol, and no space`;

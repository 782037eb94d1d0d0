import { type ReactNode, useId } from "react";
import { useTranslation } from "react-i18next";

interface FieldProps {
    /** In English: the key of the translation. */
    label: string;
    children: (id: string) => ReactNode;
}

/** A label above one control; the control gets the label's id. */
export function Field({ label, children }: FieldProps) {
    const { t } = useTranslation();
    const id = useId();
    return (
        <div className="field">
            <label htmlFor={id}>{t(label)}</label>
            {children(id)}
        </div>
    );
}

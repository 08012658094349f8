/** Catches what a panel throws while drawing: the rest of the page stays, with a sentence in the panel's place. */
import { Component, type ReactNode } from "react";
import { Button } from "../widgets/button.tsx";

interface Props {
  /** What is inside, as in "The registers". */
  readonly what: string;
  readonly children: ReactNode;
}

export class ErrorBoundary extends Component<Props, { readonly error: Error | null }> {
  override state: { readonly error: Error | null } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <section className="panel card" role="alert">
        <h2>{this.props.what} cannot be shown</h2>
        <p className="card-message">{error.message}</p>
        <Button onClick={() => this.setState({ error: null })}>Try again</Button>
      </section>
    );
  }
}

"""The preview: a campaign as any contact would see it, as a folder of static pages that ask for nothing."""

from compiler.review.preview.values import Case, Known, Mail, Preview

__all__ = ["Case", "Known", "Mail", "Preview"]

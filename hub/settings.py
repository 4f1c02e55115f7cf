"""Settings from the environment and ``.env``: every setting the hub reads, with its default and limits."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal, get_args

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL

from db.engine import mysql_url, sqlite_url
from hub.errors import Invalid

_EXAMPLES = {"changethis", "change-me", "changeme", "secret", "password", "123", "your_api_key", "$your_api_key"}


class Settings(BaseSettings):
    """Where the hub keeps its state, which database and model it uses, and its limits."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", env_ignore_empty=True)

    hub_home: Path = Field(Path("data"), description="folder for the embedded database, artifacts and keys")
    hub_env: Literal["development", "production"] = Field(
        "development", description="production refuses example secrets and demo passwords"
    )
    hub_master_key_file: Path | None = Field(None, description="master key file; default HUB_HOME/keys/master.key")
    hub_admin: str = Field("admin", description="name of the first admin, made by init")
    hub_admin_password: SecretStr | None = Field(None, description="password of the first admin; init asks without it")
    registration: Literal["open", "approval", "closed"] = Field("open", description="who may register an account")
    trusted_proxy: str = Field("", description="address of the proxy that terminates TLS, or * for any")

    db_host: str = Field("", description="MariaDB or MySQL host, or socket path; empty: embedded SQLite")
    db_port: int = Field(3306, ge=1, le=65535, description="port of the database server")
    db_username: str = Field("root", description="account of the hub at the database server")
    db_password: SecretStr = Field(SecretStr(""), description="its password")
    target_db: str = Field("openmodelhub", pattern=r"^[A-Za-z0-9_]+$", description="name of the database")

    api_key: SecretStr = Field(SecretStr(""), description="key of an OpenAI-compatible endpoint")
    base_url: str = Field("", description="its address; empty: OpenAI's own when there is a key")
    model_name: str = Field("gpt-4o", description="the model to ask for")
    local_model: Path | None = Field(None, description="a GGUF file to run in this process (extra [local])")
    interpreter: Literal["first", "only", "off"] = Field(
        "first", description="whether the built-in interpreter answers before a language model"
    )
    llm_rows: Literal["none", "public", "all"] = Field(
        "public", description="which rows an outside language model may be shown"
    )
    llm_timeout: float = Field(60, gt=0, le=600, description="seconds to wait for the language model")

    storage_url: str = Field(
        "file:", description="where sealed files lie: file: is HUB_HOME/artifacts, or file:/folder"
    )
    upload_bytes: int = Field(1 << 40, ge=1, description="largest file that is taken, in bytes")
    staging_hours: float = Field(24, gt=0, le=24 * 30, description="hours after which an unpublished upload is removed")
    staged_uploads: int = Field(
        50, ge=1, le=10_000, description="most uploads that one person may have begun and not published"
    )

    query_seconds: float = Field(5, gt=0, le=60, description="time limit of one SQL statement")
    query_rows: int = Field(1000, ge=1, le=100_000, description="most rows of one answer")
    query_bytes: int = Field(4_000_000, ge=10_000, le=100_000_000, description="most bytes of one answer")
    session_hours: float = Field(72, gt=0, le=24 * 90, description="hours until a signed-in browser must sign in anew")
    proof_minutes: float = Field(
        5, gt=0, le=5, description="minutes after which a browser must prove anew that it holds its session's key"
    )
    trash_days: float = Field(30, gt=0, le=3650, description="days in which a deleted model or dataset can be restored")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="how much the log says")

    @field_validator("hub_home", "hub_master_key_file", "local_model")
    @classmethod
    def _expand(cls, path: Path | None) -> Path | None:
        return path.expanduser().absolute() if path else None

    @model_validator(mode="after")
    def _refuse_examples(self) -> Settings:
        if self.hub_env == "production":
            for name in ("db_password", "api_key", "hub_admin_password"):
                secret: SecretStr | None = getattr(self, name)
                if secret and secret.get_secret_value().casefold() in _EXAMPLES:
                    raise ValueError(f"{name.upper()} is an example value; set a real one for HUB_ENV=production")
        return self

    @property
    def keys_home(self) -> Path:
        return self.hub_home / "keys"

    @property
    def master_key_file(self) -> Path:
        return self.hub_master_key_file or self.keys_home / "master.key"

    @property
    def uses_endpoint(self) -> bool:
        """Whether a language model behind an endpoint is configured."""
        return bool(self.base_url or self.api_key.get_secret_value())

    def database_url(self) -> URL:
        """The SQLAlchemy URL of the hub's database."""
        if not self.db_host:
            return sqlite_url(self.hub_home / "openmodelhub.db")
        password = self.db_password.get_secret_value()
        return mysql_url(self.db_host, self.db_port, self.db_username, password, self.target_db)


def load_settings() -> Settings:
    """The settings of this process; ``Invalid`` names the setting that is wrong."""
    try:
        return Settings()
    except ValueError as error:
        lines = [
            f"{'.'.join(str(part) for part in problem['loc']).upper() or 'settings'}: {problem['msg']}"
            for problem in getattr(error, "errors", list)()
        ]
        raise Invalid("; ".join(lines) or "a setting is wrong", "see .env.example for what each one takes") from None


def example() -> str:
    """The text of ``.env.example``: every setting with what it is for and its default, commented out."""
    lines = [
        "# Settings of the hub, from the environment or from a file .env beside where it is started.",
        "# Each stands here with its default; remove the # to set it. Made by `make docs` from hub/settings.py.",
    ]
    for name, field in Settings.model_fields.items():
        default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
        choices = get_args(field.annotation)
        listed = f" ({', '.join(choices)})" if choices and all(isinstance(choice, str) for choice in choices) else ""
        lines += ["", f"# {field.description}{listed}", f"# {name.upper()}={'' if default is None else default}"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(example())

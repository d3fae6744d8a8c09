"""OGC API - Features (OGC 17-069r4): what is asked, and records as GeoJSON features."""
